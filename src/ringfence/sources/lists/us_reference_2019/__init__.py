"""The bundled reference set: the Entity List event of October 2019, typed from public law."""
