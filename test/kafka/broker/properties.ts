// The settings of a single Kafka node that is broker and controller in one, small and quick to start and to rebalance.

import { type Guard, type GuardedPorts, guardedListeners, guardedProtocols, guardSettings } from './guard.ts';

export interface BrokerPorts {
  readonly broker: number;
  readonly controller: number;
}

interface GuardedBy {
  readonly guard: Guard;
  readonly ports: GuardedPorts;
}

export function brokerProperties(data: string, ports: BrokerPorts, guarded: GuardedBy | null = null): string {
  const { broker, controller } = ports;
  const more = guarded === null ? '' : `,${guardedListeners(guarded.ports)}`;
  const moreProtocols = guarded === null ? '' : `,${guardedProtocols}`;
  const settings = {
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    listeners: `PLAINTEXT://127.0.0.1:${broker},CONTROLLER://127.0.0.1:${controller}${more}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${broker}${more}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': `PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT${moreProtocols}`,
    'log.dirs': data,
    'num.partitions': 4,
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'transaction.state.log.replication.factor': 1,
    'transaction.state.log.min.isr': 1,
    'share.coordinator.state.topic.replication.factor': 1,
    'share.coordinator.state.topic.min.isr': 1,
    'group.initial.rebalance.delay.ms': 0,
    'group.min.session.timeout.ms': 1000,
    // A broker that was killed may register again after so long.
    'broker.session.timeout.ms': 2000,
    'broker.heartbeat.interval.ms': 500,
    ...(guarded === null ? {} : guardSettings(guarded.guard)),
  };
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
