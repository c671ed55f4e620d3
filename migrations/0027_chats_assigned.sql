-- Lists of whose chats are whose are read from chat_activity (0026); nothing asks for this one any more.
drop index chats_assigned;
