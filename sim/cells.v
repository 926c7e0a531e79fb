// Memories of the iCE40, at their worst: what they show where nothing is promised is noise, so that
// a design that relies on it differs from golden. They replace those of Yosys, which show X there
// (0 in CXXRTL) or the word as it was.

// Single-port RAM of 16,384 words. Unknown are its words at power-up, and what it shows after a
// write. Standby, sleep and power-off are never used.
module SB_SPRAM256KA (
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
  integer bit_;
  always @(posedge CLOCK)
    if (CHIPSELECT) begin
      if (WREN) begin
        for (bit_ = 0; bit_ < 16; bit_ = bit_ + 1)
          if (mask[bit_]) memory[ADDRESS][bit_] <= DATAIN[bit_] ^ noise[bit_];
        DATAOUT <= {DATAOUT[14:0], ~^DATAOUT[15:12]} ^ noise;
      end else
        DATAOUT <= memory[ADDRESS] ^ noise;
    end
endmodule

// Block RAM of 256 words of 16 bits, as two ports of 2, 4, 8 or 16 bits. Unknown is a bit that is
// read in the cycle in which it is written.
module SB_RAM40_4K (
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
  // Of a port of 2^k bits, the upper bits of the address tell which bit of a group it is.
  localparam [3:0] WRITE_GROUP = (1 << WRITE_MODE) - 1;
  localparam [3:0] READ_GROUP = (1 << READ_MODE) - 1;
  // where the only bit of a group is, at the pins
  localparam [3:0] WRITE_PIN = (1 << WRITE_MODE) >> 1;
  localparam [3:0] READ_PIN = (1 << READ_MODE) >> 1;

  reg [15:0] memory [0:255];
  reg [15:0] word, noise = 16'h5a3c;
  reg [2:0] place;
  wire [2:0] write_place = WADDR[10:8] & WRITE_GROUP;
  wire [15:0] written, collided;
  genvar bit_;
  generate
    for (bit_ = 0; bit_ < 16; bit_ = bit_ + 1) begin : bits
      assign written[bit_] = WE && WCLKE && (WRITE_MODE == 0 ? !MASK[bit_]
                                             : write_place == (bit_ & WRITE_GROUP));
      always @(posedge WCLK)
        if (written[bit_])
          memory[WADDR[7:0]][bit_] <= WDATA[WRITE_MODE == 0 ? bit_ : bit_ & ~WRITE_GROUP | WRITE_PIN];
      if (READ_MODE == 0)
        assign RDATA[bit_] = word[bit_];
      else if ((bit_ & READ_GROUP) == READ_PIN)
        assign RDATA[bit_] = word[(bit_ & ~READ_GROUP) | (place & READ_GROUP)];
      else
        assign RDATA[bit_] = 1'b0;
    end
  endgenerate
  assign collided = {16{WADDR[7:0] == RADDR[7:0]}} & written;

  integer index;
  initial for (index = 0; index < 256; index = index + 1) memory[index] = INIT[16*index +: 16];

  always @(posedge RCLK) begin
    noise <= {noise[14:0], noise[15] ^ noise[13] ^ noise[12] ^ noise[10]};
    if (RE && RCLKE) begin
      word <= memory[RADDR[7:0]] & ~collided | noise & collided;
      place <= RADDR[10:8];
    end
  end
endmodule
