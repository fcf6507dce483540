import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { NewReno } from "../../../../src/tcp/congestion/new-reno.ts";
import { ackSample, MSS } from "./samples.ts";

function avoiding(): NewReno {
  const controller = new NewReno(MSS, 10);
  controller.onLoss(0, 20 * MSS);
  controller.onRecoveryEnd(0);
  return controller;
}

describe("NewReno", () => {
  // req: tcp/CC-9, tcp/BUG-6
  it("grows by one segment for each window acknowledged, and by nothing else", () => {
    const controller = avoiding();
    assert.equal(controller.window, 10 * MSS);
    for (let i = 0; i < 9; i++) controller.onAck(ackSample());
    assert.equal(controller.window, 10 * MSS);
    controller.onAck(ackSample());
    assert.equal(controller.window, 11 * MSS);
    for (let i = 0; i < 10; i++) controller.onAck(ackSample());
    assert.equal(controller.window, 11 * MSS);
    controller.onAck(ackSample());
    assert.equal(controller.window, 12 * MSS);
  });

  it("counts octets, not ACKs", () => {
    const controller = avoiding();
    for (let i = 0; i < 100; i++) controller.onAck(ackSample({ ackedOctets: 1 }));
    assert.equal(controller.window, 10 * MSS);
    controller.onAck(ackSample({ ackedOctets: 10 * MSS }));
    assert.equal(controller.window, 11 * MSS);
  });

  it("adds one segment at most for one ACK, however much it covers", () => {
    const controller = avoiding();
    controller.onAck(ackSample({ ackedOctets: 500 * MSS }));
    assert.equal(controller.window, 11 * MSS);
  });

  // req: tcp/CC-10
  it("halves what is in flight", () => {
    const controller = new NewReno(MSS, 10);
    controller.onLoss(0, 17 * MSS);
    assert.equal(controller.ssthresh, 8.5 * MSS);
    assert.equal(controller.window, 8.5 * MSS);
  });

  it("starts counting anew after a loss", () => {
    const controller = avoiding();
    for (let i = 0; i < 9; i++) controller.onAck(ackSample());
    controller.onLoss(0, 20 * MSS);
    controller.onRecoveryEnd(0);
    controller.onAck(ackSample());
    assert.equal(controller.window, 10 * MSS);
  });
});
