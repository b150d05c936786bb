{#- Today's values and the windows of five and ten days that the longer windows consist of. -#}
{% macro rolling_fetched() %}
    {%- set nan = "cast('NaN' as double precision)" -%}
    {%- set columns = [
        ['day', 'day'],
        ['ticker', 'ticker'],
        ['dt', array_element('dt')],
        ['closes', 'arrays.close'],
        ['log_volumes', 'arrays.log_volume'],
        ['close_ratios', 'arrays.close_ratio'],
        ['volume_ratios', 'arrays.volume_ratio'],
        ['high', 'nullif(' ~ array_element('high') ~ ", cast('-Infinity' as double precision))"],
    ] -%}
    {%- for name in ['open', 'low', 'close', 'volume', 'vwap'] -%}
        {%- do columns.append([name, 'nullif(' ~ array_element(name) ~ ', ' ~ nan ~ ')']) -%}
    {%- endfor -%}
    {%- for days in alpha158_windows() -%}
        {%- do columns.append(['close_' ~ days ~ '_ago', 'nullif(' ~ array_element('close', days) ~ ', ' ~ nan ~ ')']) -%}
    {%- endfor -%}
    {%- for name, expression in rolling_sums() -%}
        {%- do columns.extend([
            [name ~ '_5', array_element(name ~ '_5')],
            [name ~ '_10', array_element(name ~ '_10')],
            [name ~ '_10_to_20', array_element(name ~ '_10', 10, '0')],
            [name ~ '_20_to_30', array_element(name ~ '_10', 20, '0')],
            [
                name ~ '_30_to_60',
                array_element(name ~ '_10', 30, '0') ~ ' + ' ~ array_element(name ~ '_10', 40, '0')
                ~ ' + ' ~ array_element(name ~ '_10', 50, '0'),
            ],
        ]) -%}
    {%- endfor -%}
    {%- for name in rolling_closes() -%}{%- do columns.append([name ~ '_5', array_element(name ~ '_5')]) -%}{%- endfor -%}
    {%- for name in rolling_closes() + ['counts', 'places', 'l', 'ref'] -%}
        {%- for rows in rolling_pieces(60) -%}
            {%- do columns.append([name ~ '_ten_' ~ rows, array_element(name ~ '_10', rows, '0')]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name in ['high', 'low', 'high_age', 'low_age', 'gap_age'] -%}
        {%- do columns.append([name ~ '_5', array_element(name ~ '_5')]) -%}
        {%- for rows in rolling_pieces(60) -%}
            {%- do columns.append([name ~ '_10_ago_' ~ rows, array_element(name ~ '_10', rows)]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name in ['5_1', '5_2', '5_4', '5_5', '10_2', '10_3', '10_8', '10_9'] -%}
        {%- do columns.append(['close_' ~ name, array_element('close_' ~ name)]) -%}
    {%- endfor -%}
    {%- for name in ['low_20_4', 'low_20_5', 'high_20_4', 'high_20_5'] -%}
        {%- do columns.append([name, array_element(name)]) -%}
    {%- endfor -%}
    {%- for k in range(1, 14) -%}
        {%- for name in ['low_30_' ~ k, 'high_30_' ~ k] -%}
            {%- do columns.extend([[name, array_element(name)], [name ~ '_older', array_element(name, 30)]]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for rows in range(1, 60) -%}
        {%- do columns.append(['x_' ~ rows, array_element('close', rows)]) -%}
    {%- endfor -%}
    {{- return(columns) -}}
{% endmacro %}
