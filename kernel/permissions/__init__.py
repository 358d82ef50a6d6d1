"""Who may do what with which records: roles, grants, row scopes, field rules, applied inside the session."""

from kernel.permissions import criteria as criteria  # filters every SELECT of a user's session
from kernel.permissions import guard as guard  # judges every flush and bulk verb
from kernel.permissions import keepers as keepers  # refuses to leave nobody who may change roles
from kernel.permissions import roles as roles  # keeps compiled rights fresh
