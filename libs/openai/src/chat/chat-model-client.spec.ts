import { describeModelClient } from '../model/model-client.contract.js';

describeModelClient('chat');
