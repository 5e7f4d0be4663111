"""How each agent's own command line answers as a plain model, with the login that the person has in it.

Each is asked once: without tools or with none allowed, without hooks, in an empty folder of memctl's own so
that no project's settings, servers or instructions are loaded, and with no session kept where the client can
do without. Measured with the versions in `tests/clients/install`.
"""
