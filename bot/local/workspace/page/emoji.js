// The emoji that incident bots and people in a hurry use, by their Slack names.

const TABLE = `
+1 👍|thumbsup 👍|-1 👎|thumbsdown 👎|wave 👋|clap 👏|pray 🙏|muscle 💪|raised_hands 🙌|ok_hand 👌|point_right 👉|point_left 👈|point_up 👆
point_down 👇|raised_hand ✋|hand ✋|handshake 🤝|eyes 👀|brain 🧠|heart ❤️|green_heart 💚|blue_heart 💙|broken_heart 💔|sparkles ✨|star ⭐|star2 🌟
smile 😄|grinning 😀|slightly_smiling_face 🙂|sweat_smile 😅|joy 😂|thinking_face 🤔|cry 😢|sob 😭|scream 😱|sunglasses 😎|tired_face 😫
white_check_mark ✅|heavy_check_mark ✔️|ballot_box_with_check ☑️|x ❌|negative_squared_cross_mark ❎|no_entry ⛔|no_entry_sign 🚫|octagonal_sign 🛑|stop_sign 🛑
warning ⚠️|rotating_light 🚨|fire 🔥|boom 💥|zap ⚡|bell 🔔|no_bell 🔕|mega 📣|loudspeaker 📢|exclamation ❗|heavy_exclamation_mark ❗|question ❓|grey_question ❔|bangbang ‼️
red_circle 🔴|large_red_circle 🔴|large_orange_circle 🟠|orange_circle 🟠|large_yellow_circle 🟡|yellow_circle 🟡|large_green_circle 🟢|green_circle 🟢|large_blue_circle 🔵|blue_circle 🔵|large_blue_square 🟦|large_green_square 🟩|large_yellow_square 🟨|large_red_square 🟥|large_orange_square 🟧|large_purple_circle 🟣|white_circle ⚪️|black_circle ⚫️
white_square ⬜️|white_large_square ⬜️|black_large_square ⬛️|black_square_button 🔲|white_square_button 🔳|small_orange_diamond 🔸|small_blue_diamond 🔹|large_orange_diamond 🔶
arrow_right ➡️|arrow_left ⬅️|arrow_up ⬆️|arrow_down ⬇️|arrow_forward ▶️|arrow_backward ◀️|rewind ⏪|fast_forward ⏩|leftwards_arrow_with_hook ↩️|arrow_right_hook ↪️|arrows_counterclockwise 🔄|arrows_clockwise 🔃|repeat 🔁|twisted_rightwards_arrows 🔀
black_right_pointing_triangle_with_double_vertical_bar ⏯️|double_vertical_bar ⏸️|pause_button ⏸️|black_square_for_stop ⏹️|stop_button ⏹️|black_circle_for_record ⏺️|black_right_pointing_double_triangle_with_vertical_bar ⏭️|fast_forward_button ⏩|next_track_button ⏭️
hourglass ⌛|hourglass_flowing_sand ⏳|stopwatch ⏱️|timer_clock ⏲️|alarm_clock ⏰|watch ⌚|clock1 🕐|clock3 🕒|clock12 🕛|calendar 📅|date 📅|spiral_calendar_pad 🗓️
pushpin 📌|round_pushpin 📍|paperclip 📎|link 🔗|lock 🔒|unlock 🔓|key 🔑|closed_lock_with_key 🔐|shield 🛡️|mag 🔍|mag_right 🔎|bulb 💡|wrench 🔧|hammer 🔨|hammer_and_wrench 🛠️|tools 🛠️|gear ⚙️|nut_and_bolt 🔩|test_tube 🧪|microscope 🔬|package 📦|broom 🧹|wastebasket 🗑️
memo 📝|pencil ✏️|pencil2 ✏️|clipboard 📋|page_facing_up 📄|page_with_curl 📃|scroll 📜|file_folder 📁|open_file_folder 📂|card_index_dividers 🗂️|bar_chart 📊|chart_with_upwards_trend 📈|chart_with_downwards_trend 📉|ledger 📒|books 📚|bookmark 🔖|label 🏷️|inbox_tray 📥|outbox_tray 📤|email 📧|envelope ✉️|speech_balloon 💬|thought_balloon 💭|left_speech_bubble 🗨️
floppy_disk 💾|minidisc 💽|computer 💻|desktop_computer 🖥️|keyboard ⌨️|iphone 📱|telephone_receiver 📞|satellite 🛰️|satellite_antenna 📡|electric_plug 🔌|battery 🔋|globe_with_meridians 🌐|earth_americas 🌎|earth_africa 🌍|earth_asia 🌏|cloud ☁️|sunny ☀️|partly_sunny ⛅|umbrella ☔|snowflake ❄️|ocean 🌊|volcano 🌋|droplet 💧
rocket 🚀|airplane ✈️|ship 🚢|ambulance 🚑|fire_engine 🚒|police_car 🚓|construction 🚧|checkered_flag 🏁|triangular_flag_on_post 🚩|white_flag 🏳️|trophy 🏆|tada 🎉|confetti_ball 🎊|dart 🎯|game_die 🎲|medal 🏅|crossed_swords ⚔️|scales ⚖️|anchor ⚓|compass 🧭|map 🗺️
information_source ℹ️|heavy_plus_sign ➕|heavy_minus_sign ➖|heavy_multiplication_x ✖️|infinity ♾️|recycle ♻️|radioactive_sign ☢️|biohazard_sign ☣️|sos 🆘|new 🆕|ok 🆗|cool 🆒|free 🆓|up 🆙|100 💯|zzz 💤|dash 💨|ghost 👻|robot_face 🤖|skull 💀|skull_and_crossbones ☠️|bug 🐛|turtle 🐢|coffee ☕|pizza 🍕
busts_in_silhouette 👥|bust_in_silhouette 👤|runner 🏃|walking 🚶|technologist 🧑‍💻|firefighter 🧑‍🚒|detective 🕵️|ear 👂|us 🇺🇸|flag-us 🇺🇸|flag-eu 🇪🇺|flag-ie 🇮🇪|flag-de 🇩🇪|flag-gb 🇬🇧|flag-jp 🇯🇵
one 1️⃣|two 2️⃣|three 3️⃣|four 4️⃣|five 5️⃣|six 6️⃣|seven 7️⃣|eight 8️⃣|nine 9️⃣|zero 0️⃣|keycap_ten 🔟
`;

export const EMOJI = new Map(TABLE.split(/[|\n]/).map((entry) => entry.trim()).filter(Boolean).map((entry) => entry.split(' ')));

/** The character for `:name:`, or null. */
export const emoji = (name) => EMOJI.get(name.replace(/^:|:$/g, '').replace(/::skin-tone-\d$/, '')) ?? null;
