from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"

    def ready(self) -> None:
        from alerts import reports  # noqa: F401 (connects the signal, once the models are there)
