"""The pages about what waits, fails and was given up: deliveries of signals, jobs, regular jobs."""
