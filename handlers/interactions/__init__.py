"""Buttons, menus, forms and quoted replies: acts without a typed command."""
