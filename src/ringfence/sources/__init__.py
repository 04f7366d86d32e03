"""Published lists and links into records.

`lists/` holds a folder for each publication and `links/` the readers of ties. `ofac/` and `ear/` know what those
offices print, wherever it is printed. The modules beside are what every parser shares: `document`, `row`,
`xml_records` and `fetch` for files; `places`, `addresses` and `countries`; `name_cells`, `party_parts` and `kinds`.
"""
