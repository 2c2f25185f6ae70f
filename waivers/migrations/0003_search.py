from django.db import migrations

from agreements.search import WordIndex

INDEXES = [
    WordIndex('waivers_waiver', ('ref', 'title', 'until_text', 'text')),
]


def create(apps, schema_editor):
    for index in INDEXES:
        index.create(schema_editor)


def drop(apps, schema_editor):
    for index in INDEXES:
        index.drop(schema_editor)


class Migration(migrations.Migration):

    dependencies = [
        ('waivers', '0002_receipt_savedview'),
    ]

    operations = [
        migrations.RunPython(create, drop),
    ]
