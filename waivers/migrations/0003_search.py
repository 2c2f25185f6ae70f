from django.db import migrations

from agreements.search import WordIndex, indexed


class Migration(migrations.Migration):

    dependencies = [
        ('waivers', '0002_receipt_savedview'),
    ]

    operations = [
        indexed(
            WordIndex('waivers_waiver', ('ref', 'title', 'until_text', 'text')),
        ),
    ]
