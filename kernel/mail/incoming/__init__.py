"""Mail that comes in: mailboxes that are read by IMAP, and the mails that are filed to records."""
