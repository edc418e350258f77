"""Pictures that are moderated after the call was answered, and the notifications of that."""
