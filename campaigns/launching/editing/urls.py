"""URLs of the editor."""

from django.urls import path

from campaigns.launching.editing import views, views_blocks, views_pictures, views_preview

_ONE = "a/<int:account_id>/campaigns/<int:campaign_id>/"
_BLOCK = f"{_ONE}blocks/<slug:block_id>/"

urlpatterns = [
    path("a/<int:account_id>/campaigns/new/", views.new_campaign, name="new_campaign"),
    path("a/<int:account_id>/templates/", views.templates, name="templates"),
    path("pictures/<int:picture_of>/<str:file_name>", views_pictures.picture, name="picture"),
    path(f"{_ONE}edit/", views.editor, name="editor"),
    path(f"{_ONE}edit/recipients/", views.save_recipients, name="save_recipients"),
    path(f"{_ONE}edit/leave-doubtful-out/", views.leave_doubtful_out, name="leave_doubtful_out"),
    path(f"{_ONE}edit/sender/", views.save_sender, name="save_sender"),
    path(f"{_ONE}edit/more/", views.save_more, name="save_more"),
    path(f"{_ONE}blocks/add/", views_blocks.add_block, name="add_block"),
    path(f"{_ONE}blocks/move/", views_blocks.move_block, name="move_block"),
    path(_BLOCK, views_blocks.change_block, name="change_block"),
    path(f"{_BLOCK}picture/", views_blocks.upload_picture, name="upload_picture"),
    path(f"{_BLOCK}duplicate/", views_blocks.duplicate_block, name="duplicate_block"),
    path(f"{_BLOCK}remove/", views_blocks.remove_block, name="remove_block"),
    path(f"{_ONE}preview-as/", views_preview.preview_people, name="preview_people"),
    path(f"{_ONE}preview/<slug:view>/", views_preview.preview, name="preview"),
    path(f"{_ONE}consent-form/", views_preview.choose_form, name="choose_form"),
    path(f"{_ONE}test/", views_preview.send_test, name="send_test"),
]
