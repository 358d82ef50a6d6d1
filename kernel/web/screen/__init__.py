"""What the templates show, as plain frozen dataclasses: the view code fills them, Jinja prints them, neither knows the other."""
