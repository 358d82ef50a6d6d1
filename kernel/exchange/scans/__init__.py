"""Scanning: what a code stands for, and documents whose goods are counted by scanning them."""
