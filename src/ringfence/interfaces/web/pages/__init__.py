"""The pages: what a compliance team works in all day. Questions go to the engine, answers become HTML; nothing is decided here.

A page is a handler, a template and its texts in each language (docs/pages.md shows how to add one):
`routes.py` puts the pages together, `answer.py` writes them, their texts are in
`interfaces/language`, `forms.py` reads what people send, `navigation.py` is the menu, `static/` goes out as it is.
"""
