"""The service: HTTP requests into calls on the engine, answers into JSON. Translates, never decides.

`application.create_app` puts it together: `api/` are our own resources, `dialects/` those of systems that
clients use already, `pages/` are for people, `access/` says who may call what, `worlds.py` which engine answers.
"""
