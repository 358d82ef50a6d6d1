"""What runs inside the peer's environment: it imports trytond, and nothing of Trellis.

Tryton is called in-process on its best path: models directly, no RPC, no access checks, one warm pool.
"""
