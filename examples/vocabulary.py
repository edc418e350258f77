"""The life of a vocabulary: create, fill, look through, export, delete."""

import json
import time
import urllib.request

from alibabacloud_green20220926.models import (
    AddKeywordLibRequest,
    AddKeywordsRequest,
    DeleteKeywordLibRequest,
    DeleteKeywordRequest,
    ExportKeywordRequest,
    GetKeywordLibRequest,
    ListKeywordsRequest,
    UpdateKeywordLibRequest,
)

from connection import console_client, data_of

console = console_client()
name = f"Example {int(time.time())}"
made = data_of(
    console.add_keyword_lib(
        AddKeywordLibRequest(lib_name=name, keywords="free trial\n限时优惠\na@b")
    )
)
result = made.keywords_result
print(f"library {made.lib_id}: {result.success_count} added, refused {result.invalid_keywords}")
more = data_of(
    console.add_keywords(AddKeywordsRequest(lib_id=made.lib_id, keywords="free trial\nlast chance"))
).keywords_result
print(f"{more.success_count} added, {more.repeat_count} there already")
page = data_of(console.list_keywords(ListKeywordsRequest(lib_id=made.lib_id, word="trial")))
print(f"found {[item.word for item in page.items]}")
ids = json.dumps([item.id for item in page.items])
data_of(console.delete_keyword(DeleteKeywordRequest(lib_id=made.lib_id, keyword_ids=ids)))
data_of(
    console.update_keyword_lib(UpdateKeywordLibRequest(lib_id=made.lib_id, lib_name=f"{name}!"))
)
count = data_of(console.get_keyword_lib(GetKeywordLibRequest(lib_id=made.lib_id))).keyword_count
address = data_of(console.export_keyword(ExportKeywordRequest(lib_id=made.lib_id)))
with urllib.request.urlopen(address) as file:
    print(f"{count} words exported: {file.read().decode().splitlines()}")
data_of(console.delete_keyword_lib(DeleteKeywordLibRequest(lib_id=made.lib_id)))
print("deleted")
