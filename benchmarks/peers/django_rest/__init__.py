"""The marketplace's reads as ordinary Django REST framework code: models, serializers, views, exact counts.

It stands on the product's own tables and indexes, with kept sums and prepared columns, and answers the same questions.
It runs on packages of its own (requirements.txt), which nothing else here knows.
"""
