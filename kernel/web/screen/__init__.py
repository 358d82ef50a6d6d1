"""What templates show, as plain frozen dataclasses: view code fills them, Jinja prints them."""
