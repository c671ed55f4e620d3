// The sections of the settings, and who may see each.
import {
  Bell,
  BookText,
  CircleUserRound,
  KeyRound,
  type LucideIcon,
  RadioTower,
  Server,
  Tags,
  UserRound,
  UsersRound,
} from "lucide-react";
import type { User } from "../api/types";
import { may } from "../app/me";

const SECTIONS = [
  { id: "profile", icon: CircleUserRound, role: "user", own: true },
  { id: "notifications", icon: Bell, role: "user", own: true },
  { id: "channels", icon: RadioTower, role: "admin", own: false },
  { id: "users", icon: UserRound, role: "admin", own: false },
  { id: "teams", icon: UsersRound, role: "admin", own: false },
  { id: "labels", icon: Tags, role: "moderator", own: false },
  { id: "quick-replies", icon: BookText, role: "user", own: false },
  { id: "api-keys", icon: KeyRound, role: "admin", own: false },
  { id: "system", icon: Server, role: "admin", own: false },
] as const satisfies { id: string; icon: LucideIcon; role: User["role"]; own: boolean }[];

export type Section = (typeof SECTIONS)[number];
export type SectionId = Section["id"];

export function sectionsOf(user: User): Section[] {
  return SECTIONS.filter(({ role }) => may(user, role));
}

export function sectionNamed(id: string | undefined): Section | undefined {
  return SECTIONS.find((section) => section.id === id);
}
