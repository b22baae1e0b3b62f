"""A way as bytes of JSON, written by kernels straight from its rows.

`features` writes its stretches as `template` declares them, `steps` its steps and warnings with
the sentences of `sentences`. What has to be asked of Python (names, spoken values) is kept in
a `lexicon` and asked for once.

Invariant: the bytes are those of `geo.routing.geojson`'s plain form through orjson.
"""
