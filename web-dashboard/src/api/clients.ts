import { createClient } from '@connectrpc/connect';
import { AccessService } from '../gen/percept/v1/access_service_pb';
import { DatasetService } from '../gen/percept/v1/dataset_service_pb';
import { DemoService } from '../gen/percept/v1/demo_service_pb';
import { InspectService } from '../gen/percept/v1/inspect_service_pb';
import { JobService } from '../gen/percept/v1/job_service_pb';
import { ServerService } from '../gen/percept/v1/server_service_pb';
import { SnapshotService } from '../gen/percept/v1/snapshot_service_pb';
import { makeTransport, ownerName } from './transport';

const transport = makeTransport(location.origin, ownerName);

export const access = createClient(AccessService, transport);
export const datasets = createClient(DatasetService, transport);
export const demos = createClient(DemoService, transport);
export const inspection = createClient(InspectService, transport);
export const jobs = createClient(JobService, transport);
export const servers = createClient(ServerService, transport);
export const snapshots = createClient(SnapshotService, transport);

/** For calls that answer at once; streams and long questions have none. */
export const kUnaryTimeoutMs = 20_000;
