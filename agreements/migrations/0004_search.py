from django.db import migrations

from agreements.search import WordIndex

INDEXES = [
    WordIndex('agreements_party', ('ref', 'name', 'cik', 'lei')),
    WordIndex('agreements_instrument', ('ref', 'title')),
    WordIndex('agreements_loandocument', ('ref', 'title', 'words')),
]


def create(apps, schema_editor):
    for index in INDEXES:
        index.create(schema_editor)


def drop(apps, schema_editor):
    for index in INDEXES:
        index.drop(schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0003_officer_and_words'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
