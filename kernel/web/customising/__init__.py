"""The pages on which an administrator adds fields."""

from kernel.web.customising.pages import blueprint as blueprint
