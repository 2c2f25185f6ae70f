from django.db import migrations

from agreements.search import WordIndex, indexed


class Migration(migrations.Migration):

    dependencies = [
        ('agreements', '0003_officer_and_words'),
    ]

    operations = [
        indexed(
            WordIndex('agreements_party', ('ref', 'name', 'cik', 'lei')),
            WordIndex('agreements_instrument', ('ref', 'title')),
            WordIndex('agreements_loandocument', ('ref', 'title', 'words')),
        ),
    ]
