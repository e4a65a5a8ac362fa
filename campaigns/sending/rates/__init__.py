"""How fast mail may leave, and to whom. Call `taking`; the rest serves it.

Read: limits (what is allowed), windows and days (what was taken), groups (who receives), adapting
(receivers that slow us down), warming (new sender domains).
"""
