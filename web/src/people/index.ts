// What the parts of the dashboard show of a person; each piece is complete with the contact's id.
export { PersonBlock } from "./block";
export { PersonChats } from "./chats";
export { PersonFields } from "./fields";
export { PersonIdentities } from "./identities";
export { MergeDialog, PersonSuggestions } from "./merge";
export { PersonNotes } from "./notes";
