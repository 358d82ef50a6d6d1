"""What people say of a record and put with it: comments, mentions, files, follow-ups, stars; and who follows it."""

from kernel.discussion import leaving as leaving  # takes away what belonged to records that are deleted
