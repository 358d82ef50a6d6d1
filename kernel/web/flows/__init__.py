"""The designer of approvals: flows drawn, edited, tried on documents, published and exported."""
