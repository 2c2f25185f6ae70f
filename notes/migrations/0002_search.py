from django.db import migrations

from agreements.search import WordIndex, indexed


class Migration(migrations.Migration):

    dependencies = [
        ('notes', '0001_initial'),
    ]

    operations = [
        indexed(
            WordIndex('notes_alias', ('designation',)),
        ),
    ]
