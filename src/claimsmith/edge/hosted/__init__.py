"""Serve the pages on which people sign in: one path per step, `/auth/<step>`.

Which pages there are is one table (`steps.py`); what they decide is in `usecases/sign_in*.py`. This room
reads forms, checks where they come from, and renders. It issues no token and knows no password rule.
"""
