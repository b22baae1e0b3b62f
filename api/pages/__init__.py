"""Pages for people: templates, texts in three languages, styles and small scripts.

Owns how things are said and shown. Owns no rule about what is accessible and writes nothing.
Invariants: every page works without JavaScript; every text exists in Kazakh, Russian and
English; a word is never shown by colour alone; nothing is loaded from another host.
"""
