"""The ledger: accounts, periods, vouchers, and the rules by which what happens elsewhere is posted."""
