"""Plugins: which there are, which are installed here, how they come and go, and whether all is well."""

from kernel.registry.plugin import Plugin as Plugin
from kernel.registry.plugin import Setting as Setting
from kernel.registry.start import initialise as initialise
from kernel.registry.start import open_installation as open_installation
from kernel.registry.start import settle as settle
