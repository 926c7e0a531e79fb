// Memories of the iCE40UP5K at their worst: where nothing is promised they show noise, so that a
// design that relies on it is found out. The models of Yosys have X there, which becomes 0 in
// simulators of two values, or the word as it was.

// SB_SPRAM256KA: single-port RAM of 16,384 words. Unknown are its words at power-up, and what it
// shows after a write. Standby, sleep and power-off are not modelled.
module WORST_SPRAM256KA (
  input [13:0] ADDRESS,
  input [15:0] DATAIN,
  input [3:0] MASKWREN,
  input WREN, CHIPSELECT, CLOCK, STANDBY, SLEEP, POWEROFF,
  output reg [15:0] DATAOUT
);
  reg [15:0] memory [0:16383];
  // Words are kept with bits of noise inverted: what was never written reads as noise.
  wire [15:0] noise = {ADDRESS[1:0], ADDRESS} ^ {ADDRESS[8:0], ADDRESS[13:7]} ^ 16'h5a3c;
  wire [15:0] mask = {{4{MASKWREN[3]}}, {4{MASKWREN[2]}}, {4{MASKWREN[1]}}, {4{MASKWREN[0]}}};
  wire [15:0] word = memory[ADDRESS] ^ noise;

  always @(posedge CLOCK)
    if (CHIPSELECT) begin
      if (WREN) memory[ADDRESS] <= (word & ~mask | DATAIN & mask) ^ noise;
      DATAOUT <= WREN ? {DATAOUT[14:0], ~^DATAOUT[15:12]} ^ noise : word;
    end
endmodule

// SB_RAM40_4K: block RAM of 256 words of 16 bits, as two ports of 16, 8, 4 or 2 bits. Unknown is a
// bit that is read in the cycle in which it is written.
module WORST_RAM40_4K (
  output [15:0] RDATA,
  input RCLK, RCLKE, RE,
  input [10:0] RADDR,
  input WCLK, WCLKE, WE,
  input [10:0] WADDR,
  input [15:0] MASK, WDATA
);
  parameter WRITE_MODE = 0;
  parameter READ_MODE = 0;
  parameter [255:0] INIT_0 = 0, INIT_1 = 0, INIT_2 = 0, INIT_3 = 0, INIT_4 = 0, INIT_5 = 0,
      INIT_6 = 0, INIT_7 = 0, INIT_8 = 0, INIT_9 = 0, INIT_A = 0, INIT_B = 0, INIT_C = 0,
      INIT_D = 0, INIT_E = 0, INIT_F = 0;
  localparam [4095:0] INIT = {INIT_F, INIT_E, INIT_D, INIT_C, INIT_B, INIT_A, INIT_9, INIT_8,
                              INIT_7, INIT_6, INIT_5, INIT_4, INIT_3, INIT_2, INIT_1, INIT_0};
  // In mode k, each bit of a port is one of a group of 2^k, of which the address from bit 8 on
  // tells which. Its pin is the one below the middle of the group.
  localparam [3:0] WRITE_GROUP = (1 << WRITE_MODE) - 1, WRITE_PIN = WRITE_GROUP >> 1;
  localparam [3:0] READ_GROUP = (1 << READ_MODE) - 1, READ_PIN = READ_GROUP >> 1;

  reg [15:0] memory [0:255];
  reg [15:0] word, noise = 16'h5a3c;
  reg [2:0] place;
  wire [15:0] write, data;
  genvar index;
  generate
    for (index = 0; index < 16; index = index + 1) begin : bits
      assign write[index] = WE && WCLKE && !(WRITE_MODE == 0 && MASK[index])
                            && (WADDR[10:8] & WRITE_GROUP) == (index & WRITE_GROUP);
      assign data[index] = WDATA[index & ~WRITE_GROUP | WRITE_PIN];
      assign RDATA[index] = (index & READ_GROUP) == READ_PIN
                            && word[index & ~READ_GROUP | place & READ_GROUP];
    end
  endgenerate

  integer row;
  initial for (row = 0; row < 256; row = row + 1) memory[row] = INIT[16*row +: 16];

  always @(posedge WCLK) memory[WADDR[7:0]] <= memory[WADDR[7:0]] & ~write | data & write;

  always @(posedge RCLK) begin
    noise <= {noise[14:0], noise[15] ^ noise[13] ^ noise[12] ^ noise[10]};
    if (RE && RCLKE) begin
      word <= memory[RADDR[7:0]] ^ (WADDR[7:0] == RADDR[7:0] ? write & noise : 16'h0);
      place <= RADDR[10:8];
    end
  end
endmodule
