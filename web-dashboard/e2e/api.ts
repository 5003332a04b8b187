// The server's own answers, to hold what a page shows against.

import { createClient } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';
import { DatasetService } from '../src/gen/percept/v1/dataset_service_pb';
import { DemoService } from '../src/gen/percept/v1/demo_service_pb';
import { InspectService } from '../src/gen/percept/v1/inspect_service_pb';
import { JobService } from '../src/gen/percept/v1/job_service_pb';
import { ServerService } from '../src/gen/percept/v1/server_service_pb';
import { SnapshotService } from '../src/gen/percept/v1/snapshot_service_pb';

export function api(url: string) {
  const transport = createGrpcWebTransport({ baseUrl: url });
  return {
    datasets: createClient(DatasetService, transport),
    demos: createClient(DemoService, transport),
    inspection: createClient(InspectService, transport),
    jobs: createClient(JobService, transport),
    server: createClient(ServerService, transport),
    snapshots: createClient(SnapshotService, transport),
  };
}
