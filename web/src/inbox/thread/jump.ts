// Going to another message of the open chat, from anywhere within its thread.
import { createContext, useContext } from "react";

export const Jump = createContext<(messageId: string) => void>(() => {});

export const useJump = () => useContext(Jump);
