"""Signing in and out: by the platform's account, by a password of this place, in the demo by choosing.

passwords   scrypt, few at once
attempts    failed tries, counted by name and by address
sessions    a table; the browser holds a random token, the table its hash
viewers     who is signed in, for every other page
routes      /login, /logout
round_trip  to the platform, and back with whoever it knows; residents go that way too
"""
