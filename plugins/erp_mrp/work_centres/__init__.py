"""Work centres: where work is done, and what an hour there costs."""
