"""What everybody may take: the published collections, read feature by feature or as files.

Owns which rows and columns are public, what each of them means, and the files made of them.
Owns no HTTP and no jobs. Invariant: only active places and parts, approved facts and confirmed
barriers leave; nothing that names a person, and no free text that nobody checked. Unknown is the
word `unknown` or an empty value, never `yes`.
"""
