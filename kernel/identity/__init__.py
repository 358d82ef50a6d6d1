"""Who there is: companies, departments, users, employees."""
