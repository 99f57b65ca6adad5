"""Judge authorization requests, without input and output: `request.py` lists the checks in their order.

Owns: what an authorization request may hold, one file per check, and what goes back to the client. It depends
on `claims` and `domain`. It deliberately knows no session, no page and no HTTP: who is signed in is judged in
`usecases`, by the rules of `prompts.py`.
"""
