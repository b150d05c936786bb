{#- Why a delivered price row is refused, judged by the row alone; NULL for a good one. -#}
{% macro price_rejection_reason() -%}
    case
        when dt > cast(loaded_at as date) then 'future_date'
        {% for price in ['open', 'high', 'low', 'close'] -%}
        when {{ price }} is null then 'missing_{{ price }}'
        when not {{ is_finite(price) }} or {{ price }} <= 0 then 'bad_{{ price }}'
        {% endfor -%}
        when high < low then 'high_below_low'
        when
            close > high * (1 + {{ var('price_rounding') }})
            or close < low * (1 - {{ var('price_rounding') }})
            then 'close_outside_range'
        when volume is not null and (not {{ is_finite('volume') }} or volume < 0) then 'bad_volume'
        when vwap is not null and (not {{ is_finite('vwap') }} or vwap <= 0) then 'bad_vwap'
        when split_ratio is not null and (not {{ is_finite('split_ratio') }} or split_ratio <= 0)
            then 'bad_split_ratio'
        when dividend is not null and (not {{ is_finite('dividend') }} or dividend < 0)
            then 'bad_dividend'
        when adj_close is not null and (not {{ is_finite('adj_close') }} or adj_close <= 0)
            then 'bad_adj_close'
    end
{%- endmacro %}
