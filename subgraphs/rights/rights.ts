// What the law makes an organisation do with whole files: end them when their time is over, and hand a person all that is
// kept about them. Commands of an operator over the four databases. The door of this folder.
//
// Why a command with four databases and no door in each subgraph: nobody can call what is not on the network, and erasing
// people is the last thing to be called by mistake. Each subgraph still says itself, in its table `person-data.ts`, what is
// a person's and what is left of it; where the four belong to organisations that share no server, the same `PersonDoor` can
// be asked over the wire, because asking twice does no harm.
export { exportPerson, type PersonFile } from "./person-export.ts";
export { printExportPage } from "./export-page.ts";
export { RetentionRefused, runRetention, type RetentionJob } from "./retention-job.ts";
export { traceExport, type ExportTrace } from "./traced-export.ts";
