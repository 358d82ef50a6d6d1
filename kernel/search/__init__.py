"""The search index: what can be searched for in records, written by the work that writes them.

Importing this floor lets every unit of work see to the index, and brings its tables.
"""

from kernel.search import collecting as collecting
from kernel.search import schema as schema
