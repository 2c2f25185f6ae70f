from django.db import migrations

from agreements.search import WordIndex

INDEXES = [
    WordIndex('notes_alias', ('designation',)),
]


def create(apps, schema_editor):
    for index in INDEXES:
        index.create(schema_editor)


def drop(apps, schema_editor):
    for index in INDEXES:
        index.drop(schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('notes', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
