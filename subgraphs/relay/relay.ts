// Carries who read what about whom from the logs of other subgraphs to the one that shows it to the person. Each log stays where
// it is and is what counts; what is carried is only what the person is shown. The door of this folder.
export { createReceiver, type Receive, type Received } from "./receiver.ts";
export { createRemoteIndex, type RemoteIndexOptions } from "./sender.ts";
