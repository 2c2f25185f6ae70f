"""All addresses."""

from django.contrib import admin
from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from audit.permissions import Permission, needs

sign_in = LoginView.as_view(template_name="sign_in.html", redirect_authenticated_user=True)

urlpatterns = [
    path("sign-in/", needs(Permission.PUBLIC)(sign_in), name="sign-in"),
    path("sign-out/", needs(Permission.PUBLIC)(LogoutView.as_view()), name="sign-out"),
    path("admin/", admin.site.urls),
    path("", include("audit.urls")),
    path("", include("alerts.urls")),
    path("", include("waivers.urls")),
    path("", include("intake.urls")),
]
