"""Every page that people see, for the tests and the screenshots that go through all of them."""

from __future__ import annotations

from dataclasses import dataclass

REQUEST_ID = "0B7B9E2C-5F0D-4C0B-9C53-2C6A4A1E8D11"
VOCABULARY_ID = 4100
IMAGE_LIBRARY_ID = 4300
IMPORT_LIBRARY_ID = 4200
IMPORT_ID = "8d6f0a5e-33c1-4be2-9d54-7a3f4f1b2c90"


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page by name, its address, and what to press to open its dialog or drawer."""

    name: str
    address: str
    press: str = ""
    is_signed_in: bool = True


PAGES = (
    ListedPage("sign-in", "/account/login/", is_signed_in=False),
    ListedPage("overview", "/"),
    ListedPage("online-test", "/test/"),
    ListedPage("coverage", "/rules/coverage/"),
    ListedPage("services", "/rules/"),
    ListedPage("service-copy", "/rules/", press="Copy baselineCheck_global"),
    ListedPage("service-delete", "/rules/", press="Delete baselineCheck_global_01"),
    ListedPage("scope", "/rules/baselineCheck_global/scope/prohibited/"),
    ListedPage("scope-edit", "/rules/baselineCheck_global/scope/prohibited/?edit"),
    ListedPage("scope-libraries", "/rules/baselineCheck_global/scope/prohibited/?edit=libraries"),
    ListedPage("scope-empty", "/rules/generalOcr/scope/"),
    ListedPage("exemptions", "/rules/baselineCheck_global/exemptions/"),
    ListedPage("exemptions-edit", "/rules/baselineCheck_global/exemptions/?edit"),
    ListedPage("ignored-vocabularies", "/rules/baselineCheck_global/vocabularies/"),
    ListedPage("ignored-vocabularies-edit", "/rules/baselineCheck_global/vocabularies/?edit"),
    ListedPage("history", "/rules/baselineCheck_global/history/"),
    ListedPage("version", "/rules/baselineCheck_global/history/2/"),
    ListedPage("version-first", "/rules/baselineCheck_global/history/1/"),
    ListedPage("version-restore", "/rules/baselineCheck_global/history/1/", press="Roll back"),
    ListedPage("image-libraries", "/libraries/images/"),
    ListedPage("image-library-create", "/libraries/images/", press="Create image library"),
    ListedPage("image-library-edit", "/libraries/images/", press="Edit Emergency blocklist"),
    ListedPage("image-library-in-use", "/libraries/images/", press="Delete Emergency blocklist"),
    ListedPage("image-library-delete", "/libraries/images/", press="Delete Imported"),
    ListedPage("image-library", f"/libraries/images/{IMAGE_LIBRARY_ID}/"),
    ListedPage("image-library-table", f"/libraries/images/{IMAGE_LIBRARY_ID}/?view=table"),
    ListedPage("image-library-empty", f"/libraries/images/{IMAGE_LIBRARY_ID}/empty/"),
    ListedPage("image-add", f"/libraries/images/{IMAGE_LIBRARY_ID}/", press="Add image"),
    ListedPage("library-image", f"/libraries/images/{IMAGE_LIBRARY_ID}/", press="rocket.png"),
    ListedPage("keyword-libraries", "/libraries/keywords/"),
    ListedPage("keyword-library-create", "/libraries/keywords/", press="Create Library"),
    ListedPage("keyword-library-edit", "/libraries/keywords/", press="Edit Drug slang"),
    ListedPage("keyword-library-delete", "/libraries/keywords/", press="Delete Harmless words"),
    ListedPage("keyword-library-in-use", "/libraries/keywords/", press="Delete Drug slang"),
    ListedPage("keyword-library", f"/libraries/keywords/{VOCABULARY_ID}/"),
    ListedPage("keyword-import", f"/libraries/keywords/{VOCABULARY_ID}/import/"),
    ListedPage("import", f"/libraries/images/{IMPORT_LIBRARY_ID}/import/"),
    ListedPage("import-report", f"/libraries/imports/{IMPORT_ID}/"),
    ListedPage("import-report-no-match", f"/libraries/imports/{IMPORT_ID}/?state=waiting"),
    ListedPage("results", "/results/"),
    ListedPage("results-refused", "/results/?label=!%3D&since=2999-01-02&until=2999-01-01"),
    ListedPage("results-no-match", "/results/?label=pt_logo&risk=high&time=7d"),
    ListedPage("results-save-search", "/results/searches/save/?label=violent_gun"),
    ListedPage("results-drawer", "/results/", press="post-7"),
    ListedPage("results-detail", f"/results/{REQUEST_ID}/"),
    ListedPage("api", "/api/"),
    ListedPage("api-upload-curl", "/api/?language=curl&kind=upload"),
    ListedPage("usage", "/usage/"),
    ListedPage("usage-by-month", "/usage/?by=month"),
    ListedPage("usage-no-match", "/usage/?service=aigcCheck"),
    ListedPage("usage-refused", "/usage/?first=2026-03-02&last=2026-03-01"),
    ListedPage("feedback-dialog", f"/results/{REQUEST_ID}/", press="Missed violation"),
    ListedPage("add-to-library", f"/results/{REQUEST_ID}/", press="Add to library"),
    ListedPage("exempt", f"/results/{REQUEST_ID}/", press="Exempt this image"),
    ListedPage("feedback", "/feedback/"),
    ListedPage("feedback-no-match", "/feedback/?state=fixed_rule&kind=false_positive"),
    ListedPage("access-keys", "/keys/"),
    ListedPage("access-key-create", "/keys/", press="Create access key"),
    ListedPage("access-key-delete", "/keys/", press="Delete Upload service"),
    ListedPage("members", "/members/"),
    ListedPage("member-create", "/members/", press="Add member"),
    ListedPage("member-role", "/members/", press="Change role of j.okafor"),
    ListedPage("member-password", "/members/", press="Reset password of j.okafor"),
    ListedPage("member-deactivate", "/members/", press="Deactivate j.okafor"),
    ListedPage("audit", "/audit/"),
    ListedPage("health", "/health/"),
    ListedPage("preferences", "/account/preferences/"),
    ListedPage("two-factor", "/account/2fa/"),
    ListedPage("password", "/account/password/change/"),
    ListedPage("not-found", "/nowhere/"),
)
THEMES = ("light", "dark")
WIDTHS = {1440: 900, 390: 844}
